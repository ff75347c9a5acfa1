"""JupyterLab as the course starts it."""
