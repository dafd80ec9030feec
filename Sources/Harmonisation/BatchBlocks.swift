import Federation

// What several fits ask of a site alike.
extension BlockSpecification {
    static let cases = counts("cases", meaning: "number of cases", discloses: "the site's number of cases")
    static let batches = counts("batches", meaning: "number of batches", discloses: "the site's number of batches")

    static func constant(features: Int) -> BlockSpecification {
        counts(
            "constant", shape: [features], meaning: "batches within which the feature is constant",
            discloses: "which features do not vary within a batch of the site")
    }
}
