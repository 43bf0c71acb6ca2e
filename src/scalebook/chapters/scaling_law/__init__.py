"""The chapter on what a scaling law is: four runs, and a law that foretells the largest."""
