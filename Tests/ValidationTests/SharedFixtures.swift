/// Fixtures of the shared data that are not part of the repository, and why a test without them is skipped.
enum SharedFixtures {
    static let asah = "data/validation/delong_asah_s100b_wfns.json"
    static let euroscore = "data/validation/meta_euroscore_cstat_oe.json"
    static let heart = "data/validation/iecv_heart_full_model.json"
}
