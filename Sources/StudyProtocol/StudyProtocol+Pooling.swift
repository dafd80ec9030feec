extension StudyProtocol {
    /// The same protocol with all training sites as one, for the pooled side of a comparison.
    public func poolingTrainingSites(as site: String) -> StudyProtocol {
        StudyProtocol(
            study: study, version: version, title: title, outcome: outcome,
            sites: Roles(
                training: sites.training.isEmpty ? [] : [site], external: sites.external, parts: sites.fitting),
            imaging: imaging,
            regions: regions, extraction: extraction, agreement: agreement, harmonisation: harmonisation,
            selection: selection, model: model, validation: validation, disclosure: disclosure)
    }
}
