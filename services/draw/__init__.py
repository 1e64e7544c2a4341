"""Draw: who was drawn, and the proof."""
