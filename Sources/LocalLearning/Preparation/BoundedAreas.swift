import Learning

/// Areas under the ROC curve of features from bins, and bounds of those of the values.
struct BoundedAreas {
    private(set) var areas: [Double]
    /// Most that the area of the values differs by.
    private(set) var slacks: [Double]
    private var pValues: [(lower: Double, binned: Double, upper: Double)]

    /// - Throws: `LearningError.oneClass`.
    init(_ found: FeatureRanks.Result) throws {
        guard found.areas.count == found.midRanks.ranks.count else { throw LearningError.oneClass }
        (areas, slacks) = (found.areas, found.areaSlacks)
        pValues = found.pValues.indices.map {
            (found.smallestPValues[$0], found.pValues[$0], found.largestPValues[$0])
        }
    }

    /// Takes some features from finer bins.
    mutating func refine(_ places: [Int], _ finer: BoundedAreas) {
        for (own, place) in places.enumerated() {
            areas[place] = finer.areas[own]
            slacks[place] = finer.slacks[own]
            pValues[place] = finer.pValues[own]
        }
    }

    var univariate: Univariate {
        Univariate(relevance: areas.map { ($0 - 0.5).magnitude }, pValues: pValues.map(\.binned))
    }

    /// Bounds of the distance of the values' area from one half.
    private func relevance(_ place: Int) -> (lower: Double, upper: Double) {
        let distance = (areas[place] - 0.5).magnitude
        // Where nothing is open the distance is exact.
        guard slacks[place] > 0 else { return (distance, distance) }
        return (max(0, distance - slacks[place] - 1e-12), distance + slacks[place] + 1e-12)
    }

    /// Positions of features that the values may keep or drop.
    func undecided(_ cut: SelectionStep.Cut) -> [Int] {
        let own = areas.indices.map(relevance)
        switch cut {
        case .best(let count):
            return own.indices.filter { place in
                guard own[place].upper > 0 else { return false }
                // Of equal ones the first column stays.
                func precedes(_ other: Int, _ distance: Double, _ own: Double) -> Bool {
                    other != place && (distance > own || distance == own && other < place)
                }
                let better = own.indices.count { precedes($0, own[$0].lower, own[place].upper) }
                if better >= count { return false }
                let rivals = own.indices.count { precedes($0, own[$0].upper, own[place].lower) }
                return rivals >= count || own[place].lower <= 0
            }
        case .pValue(let limit):
            return own.indices.filter { place in
                let isKept = pValues[place].upper < limit && own[place].lower > 0
                let isDropped = pValues[place].lower >= limit || own[place].upper <= 0
                return !isKept && !isDropped
            }
        }
    }
}
