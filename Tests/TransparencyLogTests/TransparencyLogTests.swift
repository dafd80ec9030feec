// TransparencyLog tests.
