"""The code behind the course: the implementations each chapter teaches from, and what shows and checks them.

Importing it loads neither TensorFlow nor Keras: a function that needs them imports them when it is called.
"""
