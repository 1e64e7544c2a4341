"""The part of others' events that publicity relies on; fields it does not use are not named."""
