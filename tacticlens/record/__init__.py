"""The only room that talks to TensorRT itself. Everything else reads what TensorRT has written."""
