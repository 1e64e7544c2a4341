"""The main job from end to end, driven from outside by HTTP: a complaint becomes a public, mirrored result."""
