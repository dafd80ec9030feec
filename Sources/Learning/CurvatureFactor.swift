import CKernels

/// Cholesky factor of the second derivatives of the coordinates that were in a model, by which equations of nearly the same derivatives and
/// coordinates are conditioned: conjugate gradients then end after two to five steps, whatever the correlation of the features.
struct CurvatureFactor: Codable, Sendable, Equatable {
    /// Coordinates that may be added before all are factored anew.
    private static let room = 8
    /// Steps that a solution takes where the factor is new.
    private static let usualSteps = 2
    /// Number of coordinates whose factorisation costs as much as a step.
    private static let stepCost = 6

    /// The coordinates.
    private(set) var places: [Int64]
    /// Distance of two rows.
    let width: Int
    /// Rows above the diagonal, and the inverses of the blocks of 16 x 16 on it.
    private(set) var values: [Float]
    private(set) var blocks: [Float]
    private var isHeld: [Bool]
    /// Steps beyond the usual number since the factorisation.
    private var excess = 0

    /// - Parameter ridges: added to the diagonal.
    init(_ coordinates: [Int], of curvature: Curvature, ridges: [Float]) {
        let count = coordinates.count
        // An odd multiple of 16, so that the elements of a column lie in different sets of the cache.
        let width = ((count + Self.room + 15) / 16 | 1) * 16
        self.width = width
        var values = [Float](repeating: 0, count: width * width)
        places = coordinates.map(Int64.init)
        blocks = [Float](repeating: 0, count: 16 * width)
        isHeld = [Bool](repeating: false, count: curvature.order)
        for (place, i) in coordinates.enumerated() {
            isHeld[i] = true
            // Pointers: a number at a time from anywhere.
            curvature.row(i).withUnsafeBufferPointer { row in
                values.withUnsafeMutableBufferPointer { values in
                    for other in place..<count { values[place * width + other] = row[coordinates[other]] }
                    values[place * width + place] += ridges[i]
                }
            }
        }
        cproducts_factor(count, width, &values, &blocks)
        self.values = values
    }

    /// Adds the coordinates that it does not hold; false if there is no room for them.
    mutating func extend(to coordinates: [Int], of curvature: Curvature, ridges: [Float]) -> Bool {
        let added = coordinates.filter { $0 >= isHeld.count || !isHeld[$0] }
        guard places.count + added.count <= width else { return false }
        isHeld += repeatElement(false, count: max(0, curvature.order - isHeld.count))
        for i in added {
            let row = curvature.row(i)
            var column = [Float](repeating: 0, count: width)
            for (place, other) in places.enumerated() { column[place] = row[row.startIndex + Int(other)] }
            cproducts_border(places.count, width, &values, &blocks, curvature[i] + ridges[i], &column)
            places.append(Int64(i))
            isHeld[i] = true
        }
        return true
    }

    /// Takes note of a solution.
    mutating func book(steps: Int) { excess += max(0, steps - Self.usualSteps) }

    /// Whether what it costs in steps is more than to factor anew.
    var isOld: Bool { Self.stepCost * excess >= places.count + 16 }
}
