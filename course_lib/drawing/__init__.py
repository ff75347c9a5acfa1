"""What figures and widgets are drawn with: colours, the look, diagrams, axes."""
