/// Minimum of the quadratic model of the likelihood and the elastic net, over the intercept and the features that a fit knows: coordinate
/// descent finds who is in the model and with which sign, conjugate gradients move all of them at once.
struct PathDescent {
    private(set) var curvature: Curvature

    init(curvature: Curvature, rules: PathRules) {
        (self.curvature, forcing, isConditioned) = (curvature, rules.forcing, rules.isConditioned)
    }

    /// Most passes of descent and conjugate gradients, and most steps of the latter.
    private static let passLimit = 15
    private static let stepLimit = 40
    /// Share of the violation at the start that may be left, and share of the slopes that is left when a direction is good enough.
    private let forcing: Double
    /// Whether equations are conditioned by a factor of earlier ones.
    private let isConditioned: Bool

    /// The penalty of each coordinate: `corner |b| + ridge / 2 b^2`, and the scale on which violations count.
    struct Terms {
        let corners: [Double]
        let ridges: [Double]
        let scales: [Double]

        /// Distance of coordinate `i` from optimality.
        @inline(__always)
        func violation(_ i: Int, _ coefficient: Double, _ slope: Double) -> Double {
            let own = slope + ridges[i] * coefficient
            if coefficient == 0 { return (own.magnitude - corners[i]) / scales[i] }
            return (own + (coefficient > 0 ? corners[i] : -corners[i])).magnitude / scales[i]
        }

        /// Value of the penalty.
        func value(_ coefficients: [Double]) -> Double {
            coefficients.indices.reduce(0) {
                $0 + corners[$1] * coefficients[$1].magnitude + ridges[$1] / 2 * coefficients[$1] * coefficients[$1]
            }
        }
    }

    /// Coefficients, and how far the gradient of the quadratic model moved on the way to them.
    private struct Point {
        var coefficients: [Double]
        /// In single precision, as it is small where the way is short; as long as a row of the curvature.
        var drift: [Float]
    }

    /// Coefficients near the minimum.
    ///
    /// - Parameters:
    ///   - start: where `gradient` was taken.
    ///   - tolerance: violation of the optimality conditions that counts as none.
    mutating func minimum(from start: [Double], gradient: [Double], terms: Terms, tolerance: Double) -> [Double] {
        precondition(start.count == curvature.order && gradient.count == start.count, "a value for each row")
        let all = start.indices.filter { curvature[$0] > 0 }
        var point = Point(coefficients: start, drift: [Float](repeating: 0, count: curvature.stride))
        let target = max(0.1 * tolerance, forcing * violation(point, gradient, terms, all))
        // Where nobody wants to come in, all can move at once.
        var isSettled = all.allSatisfy { start[$0] != 0 || terms.violation($0, 0, gradient[$0]) <= target }
        for _ in 0..<Self.passLimit {
            if !isSettled {
                sweep(&point, gradient, terms, all)
                if violation(point, gradient, terms, all) <= target { break }
            }
            isSettled = false
            let active = all.filter { point.coefficients[$0] != 0 || terms.corners[$0] == 0 }
            leap(&point, gradient, terms, active, target: target)
            if violation(point, gradient, terms, all) <= target { break }
        }
        return point.coefficients
    }

    private func violation(_ point: Point, _ gradient: [Double], _ terms: Terms, _ coordinates: [Int]) -> Double {
        coordinates.reduce(0) {
            max($0, terms.violation($1, point.coefficients[$1], gradient[$1] + Double(point.drift[$1])))
        }
    }

    /// One round of coordinate descent.
    private func sweep(_ point: inout Point, _ gradient: [Double], _ terms: Terms, _ coordinates: [Int]) {
        for i in coordinates {
            let own = Double(curvature[i])
            let old = point.coefficients[i]
            let pull = own * old - (gradient[i] + Double(point.drift[i]))
            let corner = terms.corners[i]
            let shrunk = pull > corner ? pull - corner : pull < -corner ? pull + corner : 0
            let new = shrunk / (own + terms.ridges[i])
            if new != old {
                point.coefficients[i] = new
                curvature.add(row: i, times: Float(new - old), to: &point.drift)
            }
        }
    }

    /// A step of all coordinates in the model towards the minimum at which they keep their signs. Those that would change them become 0; if that
    /// does not help, all stop where the first one becomes 0.
    private mutating func leap(
        _ point: inout Point, _ gradient: [Double], _ terms: Terms, _ active: [Int], target: Double
    ) {
        let step = direction(point, gradient, terms, active, target: target)
        var changed = point.coefficients
        var share = 1.0
        for i in active where step[i] != 0 {
            let old = point.coefficients[i]
            let isCrossing = terms.corners[i] > 0 && old * (old + Double(step[i])) < 0
            if isCrossing { share = min(share, -old / Double(step[i])) }
            changed[i] = isCrossing ? 0 : old + Double(step[i])
        }
        let next = moved(point, to: changed)
        // The quadratic model changes by the mean of both slopes times the change.
        var gain = terms.value(changed) - terms.value(point.coefficients)
        for i in active {
            let slope = gradient[i] + Double(point.drift[i] + next.drift[i]) / 2
            gain += (changed[i] - point.coefficients[i]) * slope
        }
        guard !(gain < 0) else { return point = next }
        guard share < 1 else { return }
        changed = point.coefficients
        for i in active where step[i] != 0 {
            let old = point.coefficients[i]
            changed[i] =
                terms.corners[i] > 0 && -old / Double(step[i]) == share ? 0 : old + share * Double(step[i])
        }
        point = moved(point, to: changed)
    }

    /// The point at other coefficients.
    private func moved(_ point: Point, to coefficients: [Double]) -> Point {
        var change = [Float](repeating: 0, count: curvature.stride)
        for i in coefficients.indices { change[i] = Float(coefficients[i] - point.coefficients[i]) }
        var drift = change
        curvature.multiply(change, into: &drift)
        for i in coefficients.indices { drift[i] += point.drift[i] }
        return Point(coefficients: coefficients, drift: drift)
    }

    /// Solution of the equations of the coordinates in the model; as long as a row of the curvature, 0 elsewhere.
    private mutating func direction(
        _ point: Point, _ gradient: [Double], _ terms: Terms, _ active: [Int], target: Double
    ) -> [Float] {
        var right = [Float](repeating: 0, count: curvature.stride)
        for i in active {
            let own = point.coefficients[i]
            let corner = own > 0 ? terms.corners[i] : own < 0 ? -terms.corners[i] : 0
            right[i] = Float(-(gradient[i] + Double(point.drift[i]) + terms.ridges[i] * own + corner))
        }
        return curvature.solution(
            active, right: right, ridges: terms.ridges, share: Float(forcing), least: Float(0.3 * target),
            stepLimit: Self.stepLimit, isConditioned: isConditioned)
    }
}
