import CProducts

/// Minimum of the quadratic model of the likelihood and the elastic net, over the intercept and the features that a fit knows: coordinate
/// descent finds who is in the model and with which sign, conjugate gradients move all of them at once.
struct PathDescent {
    let curvature: Curvature

    /// Most passes of descent and conjugate gradients, and most steps of the latter.
    private static let passLimit = 15
    private static let stepLimit = 40
    /// Share of the violation at the start that may be left: a later round has better derivatives.
    private static let forcing = 0.1

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

    /// Coefficients, and the gradient of the quadratic model there.
    private struct Point {
        var coefficients: [Double]
        var slope: [Double]
    }

    /// Coefficients near the minimum.
    ///
    /// - Parameters:
    ///   - start: where `gradient` was taken.
    ///   - tolerance: violation of the optimality conditions that counts as none.
    func minimum(from start: [Double], gradient: [Double], terms: Terms, tolerance: Double) -> [Double] {
        precondition(start.count == curvature.order && gradient.count == start.count, "a value for each row")
        let all = start.indices.filter { curvature.values[$0 * curvature.order + $0] > 0 }
        var point = Point(coefficients: start, slope: gradient)
        let target = max(0.1 * tolerance, Self.forcing * violation(point, terms, all))
        for _ in 0..<Self.passLimit {
            sweep(&point, terms, all)
            sweep(&point, terms, all.filter { point.coefficients[$0] != 0 || terms.corners[$0] == 0 })
            if violation(point, terms, all) <= target { break }
            leap(&point, terms, all.filter { point.coefficients[$0] != 0 || terms.corners[$0] == 0 }, target: target)
        }
        return point.coefficients
    }

    private func violation(_ point: Point, _ terms: Terms, _ coordinates: [Int]) -> Double {
        coordinates.reduce(0) { max($0, terms.violation($1, point.coefficients[$1], point.slope[$1])) }
    }

    /// One round of coordinate descent.
    private func sweep(_ point: inout Point, _ terms: Terms, _ coordinates: [Int]) {
        let order = curvature.order
        for i in coordinates {
            let own = curvature.values[i * order + i]
            let old = point.coefficients[i]
            let pull = own * old - point.slope[i]
            let corner = terms.corners[i]
            let shrunk = pull > corner ? pull - corner : pull < -corner ? pull + corner : 0
            let new = shrunk / (own + terms.ridges[i])
            if new != old { move(&point, i, by: new - old, to: new) }
        }
    }

    private func move(_ point: inout Point, _ i: Int, by change: Double, to new: Double) {
        let order = curvature.order
        point.coefficients[i] = new
        curvature.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            cproducts_add(order, change, values + i * order, &point.slope)
        }
    }

    /// A step of all coordinates in the model towards the minimum at which they keep their signs. Those that would change them become 0; if that
    /// does not help, all stop where the first one becomes 0.
    private func leap(_ point: inout Point, _ terms: Terms, _ active: [Int], target: Double) {
        let step = direction(point, terms, active, target: target)
        var changed = point
        var share = 1.0
        for (place, i) in active.enumerated() where step[place] != 0 {
            let old = point.coefficients[i]
            let isCrossing = terms.corners[i] > 0 && old * (old + step[place]) < 0
            if isCrossing { share = min(share, -old / step[place]) }
            let new = isCrossing ? 0 : old + step[place]
            move(&changed, i, by: new - old, to: new)
        }
        // The quadratic model changes by the mean of both slopes times the change.
        var gain = terms.value(changed.coefficients) - terms.value(point.coefficients)
        for i in active {
            gain += (changed.coefficients[i] - point.coefficients[i]) * (changed.slope[i] + point.slope[i]) / 2
        }
        guard !(gain < 0) else { return point = changed }
        guard share < 1 else { return }
        for (place, i) in active.enumerated() where step[place] != 0 {
            let old = point.coefficients[i]
            let new = terms.corners[i] > 0 && -old / step[place] == share ? 0 : old + share * step[place]
            move(&point, i, by: new - old, to: new)
        }
    }

    /// Solution of the equations of the coordinates in the model, to a tenth, by conjugate gradients scaled by the diagonal; in single precision,
    /// as a direction needs no more.
    private func direction(_ point: Point, _ terms: Terms, _ active: [Int], target: Double) -> [Double] {
        let count = active.count
        let (matrix, stride) = equations(active, terms)
        var right = [Float](repeating: 0, count: stride)
        var inverse = right
        for (place, i) in active.enumerated() {
            let own = point.coefficients[i]
            let corner = own > 0 ? terms.corners[i] : own < 0 ? -terms.corners[i] : 0
            right[place] = Float(-(point.slope[i] + terms.ridges[i] * own + corner))
            inverse[place] = 1 / matrix[place * stride + place]
        }
        var solution = [Float](repeating: 0, count: stride)
        var (way, image) = (solution, solution)
        var (size, largest) = (0.0, Float(0))
        for i in 0..<count {
            way[i] = inverse[i] * right[i]
            size += Double(way[i]) * Double(right[i])
            largest = max(largest, right[i].magnitude)
        }
        let end = max(Float(0.3 * target), 0.1 * largest)
        for _ in 0..<Self.stepLimit {
            cproducts_symmetric(stride, matrix, way, &image)
            var bend = 0.0
            for i in 0..<count { bend += Double(way[i]) * Double(image[i]) }
            guard bend > 0, size > 0 else { break }
            let length = Float(size / bend)
            var next = 0.0
            largest = 0
            for i in 0..<count {
                solution[i] += length * way[i]
                right[i] -= length * image[i]
                largest = max(largest, right[i].magnitude)
                next += Double(inverse[i]) * Double(right[i]) * Double(right[i])
            }
            if largest <= end { break }
            let share = Float(next / size)
            for i in 0..<count { way[i] = inverse[i] * right[i] + share * way[i] }
            size = next
        }
        return (0..<count).map { Double(solution[$0]) }
    }

    /// The curvature of some coordinates with their ridges, row-major in rows of a multiple of 16.
    private func equations(_ active: [Int], _ terms: Terms) -> (matrix: [Float], stride: Int) {
        let (count, order) = (active.count, curvature.order)
        let stride = (count + 15) / 16 * 16
        var matrix = [Float](repeating: 0, count: stride * stride)
        // Pointers: without bounds checks the copy takes a third of the time.
        matrix.withUnsafeMutableBufferPointer { matrix in
            curvature.values.withUnsafeBufferPointer { values in
                active.withUnsafeBufferPointer { active in
                    for row in 0..<count {
                        let own = active[row] * order
                        for column in 0..<count { matrix[row * stride + column] = Float(values[own + active[column]]) }
                    }
                }
            }
            for (row, i) in active.enumerated() { matrix[row * stride + row] += Float(terms.ridges[i]) }
        }
        return (matrix, stride)
    }
}
