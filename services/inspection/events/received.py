"""The part of others' events that inspection relies on; fields it does not use are not named."""
