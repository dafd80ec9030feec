/// Which sums over some of a site's subjects may be told beside each other, by a floor.
///
/// Two sums over sets that differ in one subject tell that subject's values by their difference. So a set is told only if the
/// subjects of each of its batches, sorted by the told sets that they belong to, still make classes of none or a minimum of
/// subjects: whatever is added and subtracted, no less than a class remains. All rows of a batch are a told set, because the
/// report has their sums.
package struct ToldSubjects {
    private let minimum: Int
    /// Class of each subject in each batch; nil where the batch did not measure the subject.
    private var classes: [[Int?]]

    /// - Parameter measured: for each batch whether it measured each subject.
    package init(_ measured: [[Bool]], minimum: Int) {
        self.minimum = minimum
        classes = measured.map { batch in batch.map { $0 ? 0 : nil } }
    }

    /// Adds a set of subjects that all these batches measured, unless a class would be too small.
    ///
    /// - Returns: whether its sums may be told.
    package mutating func tell(_ subjects: [Int], batches: [Int]) -> Bool {
        guard subjects.count >= minimum else { return false }
        var finer = classes
        let own = Set(subjects)
        for batch in batches {
            var sizes: [Int: Int] = [:]
            var numbers: [Int: Int] = [:]
            for (subject, place) in classes[batch].enumerated() {
                guard let place else { continue }
                let key = 2 * place + (own.contains(subject) ? 1 : 0)
                sizes[key, default: 0] += 1
                finer[batch][subject] = numbers[key] ?? numbers.count
                numbers[key] = finer[batch][subject]
            }
            guard sizes.values.allSatisfy({ $0 >= minimum }) else { return false }
        }
        classes = finer
        return true
    }
}
