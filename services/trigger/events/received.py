"""The part of others' events that trigger relies on; fields it does not use are not named."""
