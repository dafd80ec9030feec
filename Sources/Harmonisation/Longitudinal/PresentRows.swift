import Federation

/// The rows of a site in which some features have values, and these features only.
struct PresentRows: LongitudinalSource {
    let featureNames: [String]
    let batch: [String]
    let subject: [String]
    private let source: any LongitudinalSource
    /// Numbers of the source's rows.
    private let rows: [Int]
    private let groups: [[Int]]

    /// - Parameters:
    ///   - rows: numbers of the source's rows, ascending.
    ///   - features: names of the features that have values there.
    init(_ source: any LongitudinalSource, rows: [Int], features: [String]) {
        self.source = source
        self.rows = rows
        featureNames = features
        batch = rows.map { source.batch[$0] }
        subject = rows.map { source.subject[$0] }
        let names = batch
        groups = Dictionary(grouping: names.indices) { names[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    var covariateNames: [String] { source.covariateNames }
    var batches: [(name: String, rows: Int)] { groups.map { (batch[$0[0]], $0.count) } }
    var order: [Int] { groups.flatMap { $0 } }

    func table(_ numbers: [Int]) throws -> CaseTable {
        try source.table(numbers.map { rows[$0] }).selecting(features: featureNames)
    }

    func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        let own = groups[batch]
        for start in stride(from: 0, to: own.count, by: Self.chunk) {
            let part = Array(own[start..<min(start + Self.chunk, own.count)])
            try body(try table(part), Array(part.indices))
        }
    }
}

extension LongitudinalSource {
    /// Features that have values in the same rows, and these rows, ascending; in the order of their first features.
    func patterns() throws -> [(features: [Int], rows: [Int])] {
        let p = featureNames.count
        var missing = [[Int]](repeating: [], count: p)
        let order = order
        var next = 0
        try forEachChunk { table, rows in
            for row in rows {
                for column in 0..<p where table.features[row * p + column].isNaN { missing[column].append(order[next]) }
                next += 1
            }
        }
        return Dictionary(grouping: 0..<p) { missing[$0].sorted() }.map { gaps, features in
            let absent = Set(gaps)
            return (features, subject.indices.filter { !absent.contains($0) })
        }.sorted { $0.features[0] < $1.features[0] }
    }
}
