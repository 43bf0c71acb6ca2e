"""The chapter that plans a run from a machine and a deadline."""

CHOICES = {"basis": ("machine", "cost", "energy", "compute")}
