/// What the sites are told about a fit: where its sums are wanted, and nothing of what the coordinator knows beside it.
struct PathRequest: Codable, Sendable, Equatable {
    /// A model on its way.
    struct Model: Codable, Sendable, Equatable {
        /// Intercept and coefficients of the known features, of z-scores.
        let coefficients: [Double]
        /// Whether the gradient of all features is wanted, else of the known ones and some others.
        let isFull: Bool
        /// The others, none of them known; empty where all are wanted.
        let others: [Int]
    }

    /// Fold that is held out; 0 for none.
    let fold: Int
    /// Features that may be in the model.
    let known: [Int]
    /// The models.
    let models: [Model]
    /// First row of the second derivatives that is wanted, among the intercept and the known features, at the last model; one beyond them
    /// for none.
    let firstRow: Int
    /// Whether second derivatives are wanted on the grid of the gradients: where they are small.
    let isFine: Bool

    /// Rows of the second derivatives over the intercept and all known features; all of them for the upper triangle.
    var wantedRows: Range<Int> { firstRow..<max(firstRow, known.count + 1) }

    /// Number of the second derivatives that are wanted.
    var wantedCount: Int {
        let rows = wantedRows
        return rows.lowerBound == 0 ? rows.count * (rows.count + 1) / 2 : rows.count * (known.count + 1)
    }

    /// Number of elements of a model's gradient.
    func width(_ model: Model, features: Int) -> Int {
        (model.isFull ? features : known.count + model.others.count) + 1
    }
}

extension [PathRequest] {
    /// Most folds that a site answers for.
    static var mostFolds: Int { 1_000 }
    /// Most models of a fold on their way at once.
    static var mostModels: Int { 64 }

    /// Checks that a table of so many features can answer.
    ///
    /// - Throws: `LearningError.badRequest`.
    func require(features: Int, folds: Int) throws(LearningError) {
        guard (0...Self.mostFolds).contains(folds) else { throw .badRequest }
        func areDifferent(_ places: [Int]...) -> Bool {
            var isSeen = [Bool](repeating: false, count: features)
            for place in places.joined() {
                guard isSeen.indices.contains(place), !isSeen[place] else { return false }
                isSeen[place] = true
            }
            return true
        }
        let isGood = allSatisfy { own in
            (0...folds).contains(own.fold) && areDifferent(own.known)
                && (1...Self.mostModels).contains(own.models.count)
                && (0...own.known.count + 1).contains(own.firstRow)
                && own.models.allSatisfy {
                    $0.coefficients.count == own.known.count + 1
                        && ($0.others.isEmpty || !$0.isFull && areDifferent(own.known, $0.others))
                }
        }
        guard isGood, Set(map(\.fold)).count == count else { throw .badRequest }
    }
}
