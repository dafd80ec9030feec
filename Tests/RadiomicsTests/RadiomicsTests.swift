// Radiomics tests.
