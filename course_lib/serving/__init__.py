"""How a model is served: a web server, what it lets in, the registry of its models, and a canary."""
