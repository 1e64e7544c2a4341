"""The part of others' events that registry relies on; fields it does not use are not named."""
