/// Ascending points that divide numbers into intervals: interval i holds what is above point i - 1 and at or below point i, and one
/// interval more what is above the last point.
struct Grid: Codable, Sendable, Equatable {
    let points: [Double]

    /// - Throws: `SurvivalError.badGrid` with the name.
    func validated(_ name: String) throws(SurvivalError) {
        guard !points.isEmpty, points.allSatisfy(\.isFinite), zip(points, points.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .badGrid(name) }
    }

    func interval(of number: Double) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension SurvivalTimes {
    /// - Throws: `SurvivalError.badTime`.
    func validated() throws(SurvivalError) {
        guard times.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw .badTime }
    }
}
