"""The part of others' events that draw relies on; fields it does not use are not named."""
