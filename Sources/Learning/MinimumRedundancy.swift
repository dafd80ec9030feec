public import LinearAlgebra

/// Minimum redundancy, maximum relevance selection as the Python package mrmr_selection does it (FCQ: F statistic over absolute
/// Pearson correlation; Ding and Peng 2005; Zhao et al. 2019). Other packages of the name select otherwise.
public enum MinimumRedundancy {
    /// How the correlations with the features selected so far make one number.
    public enum Denominator: String, Sendable, Codable, CaseIterable {
        /// Their mean.
        case mean
        /// The largest.
        case max
    }

    /// Least redundancy that is divided by.
    static let floor = 0.001

    /// Positions of the selected features in the order of their selection.
    ///
    /// Features without relevance are left out; an exact copy (redundancy 1) comes last; of equal scores the first column
    /// is taken.
    ///
    /// - Parameters:
    ///   - relevance: F of the analysis of variance, the square of Student's t.
    ///   - correlation: Pearson's, of all features.
    public static func select(
        relevance: [Double], correlation: SymmetricMatrix, count: Int, denominator: Denominator = .mean
    ) -> [Int] {
        precondition(correlation.order == relevance.count, "a relevance for each feature")
        var choice = Choice(relevance: relevance, denominator: denominator)
        while choice.selected.count < count {
            let last = choice.selected.last
            guard choice.choose(correlation: { feature in last.map { correlation[feature, $0] } ?? 0 }) else { break }
        }
        return choice.selected
    }

    /// A selection that grows by one feature at a time.
    struct Choice: Codable, Sendable, Equatable {
        private(set) var selected: [Int] = []
        private let relevance: [Double]
        private let denominator: Denominator
        private var left: [Int]
        private var redundancy: [Double]

        init(relevance: [Double], denominator: Denominator) {
            self.relevance = relevance
            self.denominator = denominator
            left = relevance.indices.filter { relevance[$0] > 0 }
            redundancy = [Double](repeating: 0, count: relevance.count)
        }

        /// Takes the best of the features that are left; false when there is none.
        ///
        /// - Parameter correlation: of a feature with the one selected last; not read for the first.
        mutating func choose(correlation: (Int) -> Double) -> Bool {
            var best: (place: Int, score: Double)?
            for (place, feature) in left.enumerated() {
                var divisor = 1.0
                if !selected.isEmpty {
                    let own = Swift.max(floor, correlation(feature).magnitude)
                    switch denominator {
                    case .mean:
                        redundancy[feature] += own
                        divisor = redundancy[feature] / Double(selected.count)
                    case .max:
                        redundancy[feature] = Swift.max(redundancy[feature], own)
                        divisor = redundancy[feature]
                    }
                    if divisor == 1 { divisor = .infinity }
                }
                let score = relevance[feature] / divisor
                if best.map({ score > $0.score }) ?? true { best = (place, score) }
            }
            guard let best else { return false }
            selected.append(left.remove(at: best.place))
            return true
        }
    }
}
