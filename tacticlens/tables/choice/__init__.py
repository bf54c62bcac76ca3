"""Which of its format combinations an engine layer has, as far as the engine's own lines decide.

A constraint problem per engine: the variables are the formats of its tensors, the values those of the
combinations that the builder tried, the constraints what the log says of the engine. It is propagated, not
searched: each combination goes out at most once, so the cost grows with the size of the engine.
"""
