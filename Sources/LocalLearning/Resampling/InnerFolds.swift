import Federation

/// How folds within the training rows are made.
public struct InnerFolds: Sendable, Equatable, Codable {
    /// Number of folds.
    public var count = 10
    /// Key of the hash of the rows' names.
    public var seed = "concord"
    /// Whether each site makes folds of its own cases, without those of others: the folds of a study.
    public var isBySite = false
    /// Sites of which each is a fold, in the order of the folds; nil for folds by the hash.
    public private(set) var sites: [String]?
    /// Fold of each row by its name; nil for the hash. It holds names of patients and is never encoded.
    public var given: [String: Int]?

    /// Ten folds by the hash.
    public init() {}

    /// Each site is a fold.
    public init(sites: [String]) {
        (count, seed, isBySite) = (sites.count, "sites", true)
        self.sites = sites
    }

    private enum CodingKeys: String, CodingKey { case count, seed, isBySite, sites }

    func membership(_ parts: [TrainingCases]) -> [[Int]] {
        if let given { return parts.map { part in part.names.map { given[$0] ?? 1 } } }
        if let sites {
            return parts.map { part in part.table.batch.map { site in (sites.firstIndex(of: site) ?? -1) + 1 } }
        }
        guard isBySite else { return Folds.stratified(parts, count: count, seed: seed) }
        return parts.map { part in
            var output = [Int](repeating: 1, count: part.count)
            for site in Set(part.table.batch).sorted() {
                let rows = part.table.batch.indices.filter { part.table.batch[$0] == site }
                let own = Folds.stratified(
                    names: rows.map { part.names[$0] }, outcome: rows.map { part.table.outcome[$0] }, count: count,
                    seed: "\(seed)/\(site)")
                for (row, fold) in zip(rows, own) { output[row] = fold }
            }
            return output
        }
    }
}
