"""How to spend compute: the best size and data under a law, and what a wrong choice costs."""
