"""ONNX models: the only room that imports the packages onnx, onnx_graphsurgeon and onnxruntime."""
