// LinearAlgebra tests.
