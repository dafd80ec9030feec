import TestKit
import Validation

/// The published score and outcome of three radiotherapy centres (Hosny et al. 2018).
enum RadiotherapyCohorts {
    static let path = "data/multicentre/nsclc_ct_radiotherapy_3centres/outcome_and_cnn_score.csv"
    static let reason = "the shared tables of the three radiotherapy centres are not here"
    static let centres = ["HarvardRT", "Maastro", "Radboud"]

    static func load() throws -> [String: ScoredCases] {
        let table = try CSVFixture.shared(path)
        var cohorts: [String: ScoredCases] = [:]
        for centre in centres {
            let rows = table.filtered("center", is: centre)
            cohorts[centre] = ScoredCases(
                scores: rows.numbers("cnn_p_surv2yr"), outcome: rows.numbers("surv2yr"))
        }
        return cohorts
    }

    static func pooled(_ cohorts: [String: ScoredCases]) -> ScoredCases {
        let sites = centres.compactMap { cohorts[$0] }
        return ScoredCases(scores: sites.flatMap(\.scores), outcome: sites.flatMap(\.outcome))
    }
}
