"""What the commands answer, as text, as a page to hand on and as a chapter of an edition."""
