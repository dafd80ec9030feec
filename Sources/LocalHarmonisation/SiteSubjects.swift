import Harmonisation

/// The rows of each subject in each batch of a site.
struct SiteSubjects {
    /// Position of each batch among the public ones.
    let positions: [Int]
    /// For each subject and batch the places of the subject's rows among the batch's.
    private let places: [[[Int]]]

    init(_ source: some RowSource, subject: [String], batches names: [String]) throws(HarmonisationError) {
        precondition(subject.count == source.count, "one subject for each row")
        var positions: [Int] = []
        var places: [String: [[Int]]] = [:]
        let count = source.batches.count
        for (batch, own) in source.batches.enumerated() {
            guard let position = names.firstIndex(of: own.name) else { throw .unknownBatch(own.name) }
            positions.append(position)
            for (place, row) in source.numbers(of: batch).enumerated() {
                places[subject[row], default: [[Int]](repeating: [], count: count)][batch].append(place)
            }
        }
        self.positions = positions
        self.places = places.sorted { $0.key < $1.key }.map(\.value)
    }

    /// For each batch whether it measured each subject.
    var measured: [[Bool]] { positions.indices.map { batch in places.map { !$0[batch].isEmpty } } }

    /// Pairs of the site's batches.
    var pairs: [[Int]] {
        positions.indices.flatMap { first in positions.indices.dropFirst(first + 1).map { [first, $0] } }
    }

    /// Subjects that all these batches measured.
    func subjects(_ batches: [Int]) -> [Int] {
        places.indices.filter { subject in batches.allSatisfy { !places[subject][$0].isEmpty } }
    }

    /// Mean of a subject's rows in a batch.
    func mean(_ values: [Double], _ batch: Int, _ subject: Int) -> Double {
        let rows = places[subject][batch]
        return rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
    }
}
