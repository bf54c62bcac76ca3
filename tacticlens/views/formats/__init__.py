"""The formats: one file each, found by `views.registry`."""
