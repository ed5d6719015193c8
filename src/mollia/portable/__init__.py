"""A student in the forms of other libraries: scikit-learn, ONNX, JavaScript, transformers.js."""
