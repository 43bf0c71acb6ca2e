"""The calculators of the book: formulas, forms and pages."""
