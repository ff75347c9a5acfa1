"""What is tested in a real JupyterLab in a real browser."""
