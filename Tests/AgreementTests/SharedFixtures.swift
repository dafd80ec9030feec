/// Fixtures of the shared data that are not part of the repository.
enum SharedFixtures {
    static let vision = "data/validation/kappa2_irr_vision.json"
    static let diagnoses = "data/validation/multirater_irr_diagnoses.json"
    static let anxiety = "data/validation/icc_irr_anxiety.json"
    static let readers = "data/validation/reader_agreement_abide_10sites.json"
    static let readings = "data/multicentre/abide_10sites_readers/phenotypic_qc.csv"
}
