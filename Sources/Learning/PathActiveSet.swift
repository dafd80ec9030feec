import LinearAlgebra

/// Minimum of the quadratic model of the likelihood and the elastic net in double precision, for models that single precision does not
/// bring to their optimum: features that hardly differ but for their outliers, so that the second derivative along their difference is lost
/// beside their own. Features come in and go out one at a time (feature-sign search: Lee et al., NIPS 2006, algorithm 1).
struct PathActiveSet {
    /// Smallest share of a second derivative that is left when the features before it are accounted for.
    private static let ridge = 1e-13

    private let order: Int
    private let matrix: [Double]
    private let terms: PathDescent.Terms

    /// - Parameter upper: the upper triangle of the second derivatives, row-major.
    init(order: Int, upper: [Double], terms: PathDescent.Terms) {
        precondition(upper.count == order * (order + 1) / 2, "an upper triangle")
        self.order = order
        self.terms = terms
        var matrix = [Double](repeating: 0, count: order * order)
        var position = 0
        for i in 0..<order {
            for j in i..<order {
                (matrix[i * order + j], matrix[j * order + i]) = (upper[position], upper[position])
                position += 1
            }
        }
        self.matrix = matrix
    }

    /// Coefficients at the minimum.
    ///
    /// - Parameters:
    ///   - start: where `gradient` was taken.
    ///   - tolerance: violation of the optimality conditions that counts as none.
    func minimum(from start: [Double], gradient: [Double], tolerance: Double) -> [Double] {
        // Without a second derivative there is no step.
        let all = (0..<order).filter { matrix[$0 * order + $0] > 0 }
        var (point, slopes) = (start, gradient)
        // The sign of each coefficient in the model; those that moved nowhere stay out.
        var signs = start.map { $0 > 0 ? 1.0 : $0 < 0 ? -1.0 : 0 }
        var isBarred = [Bool](repeating: false, count: order)
        for _ in 0..<(10 * order + 10) {
            let active = all.filter { signs[$0] != 0 || terms.corners[$0] == 0 }
            let step = direction(point, slopes, signs, active)
            // To the first coefficient that would change its sign.
            var (share, first) = (1.0, nil as Int?)
            for (place, i) in active.enumerated() where terms.corners[i] > 0 && signs[i] * step[place] < 0 {
                let own = -point[i] / step[place]
                if own < share { (share, first) = (own, i) }
            }
            var moves = false
            for (place, i) in active.enumerated() {
                let change = share * step[place]
                guard change != 0 else { continue }
                moves = true
                point[i] += change
                for j in 0..<order { slopes[j] += matrix[i * order + j] * change }
            }
            if let first {
                let rest = -point[first]
                point[first] = 0
                for j in 0..<order { slopes[j] += matrix[first * order + j] * rest }
                signs[first] = 0
                if !moves { isBarred[first] = true }
                continue
            }
            let entering = all.filter { signs[$0] == 0 && terms.corners[$0] > 0 && !isBarred[$0] }
                .map { (index: $0, violation: (slopes[$0].magnitude - terms.corners[$0]) / terms.scales[$0]) }
                .max { $0.violation < $1.violation }
            guard let entering, entering.violation > 0.1 * tolerance else { break }
            signs[entering.index] = slopes[entering.index] > 0 ? -1 : 1
        }
        return point
    }

    /// From a point to the minimum over the coefficients in the model at which they keep their signs.
    private func direction(_ point: [Double], _ slopes: [Double], _ signs: [Double], _ active: [Int]) -> [Double] {
        let right = active.map { -(slopes[$0] + terms.ridges[$0] * point[$0] + terms.corners[$0] * signs[$0]) }
        var ridge = Self.ridge
        while ridge < 1 {
            var upper: [Double] = []
            for (place, i) in active.enumerated() {
                for j in active[place...] {
                    let own = matrix[i * order + j]
                    upper.append(i == j ? own * (1 + ridge) + terms.ridges[i] : own)
                }
            }
            if let factor = try? Cholesky(SymmetricMatrix(order: active.count, upper: upper), tolerance: 0.1 * ridge) {
                return factor.solve(right)
            }
            ridge *= 10
        }
        return active.map { _ in 0 }
    }
}
