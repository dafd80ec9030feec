public import Statistics

/// Agreement of several readers with chance taken off and disagreements weighted; missing ratings are allowed (Gwet, Handbook
/// of Inter-Rater Reliability, 4th edition 2014, chapters 2 and 3; R irrCAC).
public struct WeightedAgreement: Sendable {
    /// How much a disagreement counts.
    public enum Weights: String, Sendable, Equatable, Codable, CaseIterable {
        /// All disagreements alike.
        case none
        /// By the distance of the categories.
        case linear
        /// By the squared distance.
        case quadratic

        /// The same rule for Cohen's kappa of two readers.
        public var cohen: CohenKappa.Weights {
            switch self {
            case .none: .none
            case .linear: .linear
            case .quadratic: .quadratic
            }
        }

        func weight(_ i: Int, _ j: Int, of count: Int) -> Double {
            guard count > 1 else { return 1 }
            let distance = Double((i - j).magnitude) / Double(count - 1)
            return switch self {
            case .none: i == j ? 1 : 0
            case .linear: 1 - distance
            case .quadratic: 1 - distance * distance
            }
        }
    }

    private let weights: WeightMatrix
    private let cases: [RatedCase]
    private let sums: RatingSums

    /// Sums up ratings.
    ///
    /// - Parameters:
    ///   - ratings: one row a case, one column a reader; categories from 0, nil for a missing rating.
    ///   - categories: number of categories.
    public init(ratings: [[Int?]], categories: Int, weights: Weights) {
        self.init(
            cases: ratings.compactMap { RatedCase($0, categories: categories) }, readers: ratings.first?.count ?? 0,
            categories: categories, weights: weights)
    }

    /// Sums up the confusion table of two readers (square, row-major, the first reader's category is the row).
    public init(table: [Int], weights: Weights) {
        let k = Int(Double(table.count).squareRoot().rounded())
        precondition(k * k == table.count && k >= 2, "a square table of at least two categories")
        let cases = table.indices.filter { table[$0] > 0 }.compactMap {
            RatedCase([$0 / k, $0 % k], categories: k, multiplicity: Double(table[$0]))
        }
        self.init(cases: cases, readers: 2, categories: k, weights: weights)
    }

    private init(cases: [RatedCase], readers: Int, categories: Int, weights: Weights) {
        let matrix = WeightMatrix(weights, categories: categories)
        var sums = RatingSums(readers: readers, categories: categories)
        for rated in cases { sums.add(rated, matrix) }
        (self.weights, self.cases, self.sums) = (matrix, cases, sums)
    }

    private func estimate(_ coefficient: AgreementCoefficient) -> Estimate {
        do {
            let terms = try coefficient.terms(of: sums, weights)
            let squares = cases.reduce(0) { sum, rated in
                let deviation = terms.deviation(rated)
                return sum + rated.multiplicity * deviation * deviation
            }
            return terms.estimate(squares: squares)
        } catch { return .notEstimable(error.reason) }
    }

    /// Fleiss' kappa (1971), generalised to weights and missing ratings; of two readers Scott's pi (1955).
    public var fleiss: Estimate { estimate(.fleiss) }

    /// Gwet's AC1, or AC2 with weights (Gwet 2008).
    public var gwet: Estimate { estimate(.gwet) }

    /// Brennan and Prediger's kappa (1981): chance is the same for every category.
    public var brennanPrediger: Estimate { estimate(.brennanPrediger) }

    /// Conger's kappa (1980): every reader has its own shares. Standard error linearised as irrCAC's `conger.kappa.raw`.
    public var conger: Estimate { estimate(.conger) }

    /// Krippendorff's alpha for these weights with irrCAC's standard error; cases with one rating do not count.
    public var krippendorff: Estimate { estimate(.krippendorff) }
}
