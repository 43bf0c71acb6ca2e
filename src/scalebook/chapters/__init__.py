"""The chapters, one package for each.

A chapter is a function of its parameters. Its package has the steps (`steps`), what they come to
(`outcome`, whose `compute` takes the steps in order), its figures and tables (`figures`), and here,
in the package itself, the choices and conditions of its parameters. The parameters themselves stand
in the first code cell of `notebooks/NAME.ipynb`, which calls the same steps one by one.
"""
