import CKernels

/// Second derivatives of a fit's mean negative log-likelihood for the intercept and the features that it knows, as last summed by the sites and
/// as corrected since by what the gradients said. In single precision: they only say which way to go, gradients say where to stop.
struct Curvature: Codable, Sendable, Equatable {
    /// Number of rows.
    private(set) var order: Int
    /// Distance of two rows: the order, rounded up to a multiple of 16.
    private(set) var stride: Int
    /// Of equations that were solved; nil before the first, and when it is too old.
    private var factor: CurvatureFactor?
    /// All elements, row by row, with 0 beyond the order.
    private(set) var values: [Float]

    private static func stride(_ order: Int) -> Int { (order + 15) / 16 * 16 }

    /// - Parameter upper: the upper triangle, row-major.
    init(order: Int, upper: [Double]) {
        precondition(upper.count == order * (order + 1) / 2, "an upper triangle")
        self.order = order
        stride = Self.stride(order)
        values = [Float](repeating: 0, count: order * stride)
        var position = 0
        for i in 0..<order {
            for j in i..<order {
                values[i * stride + j] = Float(upper[position])
                values[j * stride + i] = Float(upper[position])
                position += 1
            }
        }
    }

    /// Adds rows and columns at the end.
    ///
    /// - Parameter rows: the new rows over all columns, row-major.
    mutating func append(_ rows: [Double], count: Int) {
        let (old, new, width) = (order, order + count, Self.stride(order + count))
        precondition(rows.count == count * new, "whole rows")
        if width == stride {
            values += repeatElement(0, count: count * width)
        } else {
            // Room for all rows until the next ones are longer.
            var output: [Float] = []
            output.reserveCapacity(width * width)
            output += repeatElement(0, count: new * width)
            for i in 0..<old {
                output.replaceSubrange(i * width..<i * width + old, with: values[i * stride..<i * stride + old])
            }
            values = output
        }
        for row in 0..<count {
            // Of the new features among themselves the first row counts.
            for column in 0..<new where column < old || column >= old + row {
                values[(old + row) * width + column] = Float(rows[row * new + column])
                values[column * width + old + row] = Float(rows[row * new + column])
            }
        }
        (order, stride) = (new, width)
    }

    /// The second derivative of a coordinate.
    subscript(_ i: Int) -> Float { values[i * stride + i] }

    /// Second derivatives of the intercept with each coordinate.
    var firstRow: [Double] { values.prefix(order).map(Double.init) }

    /// The product with a vector of `stride` numbers.
    func multiply(_ vector: [Float], into product: inout [Float]) {
        precondition(vector.count == stride && product.count == stride, "one number a coordinate")
        cproducts_symmetric(stride, values, order, (0..<order).map(Int64.init), vector, &product)
    }

    /// Solution of the equations of some coordinates with their ridges, by conjugate gradients; `stride` numbers, 0 elsewhere.
    ///
    /// - Parameters:
    ///   - right: 0 beside the coordinates.
    ///   - share, least: residuals that may be left: a share of the largest at the start, and a number.
    mutating func solution(
        _ coordinates: [Int], right: [Float], ridges: [Double], share: Float, least: Float, stepLimit: Int,
        isConditioned: Bool
    ) -> [Float] {
        let diagonal = ridges.map { Float($0) } + repeatElement(0, count: stride - order)
        var (right, solution) = (right, [Float](repeating: 0, count: stride))
        var inverse = solution
        for i in coordinates { inverse[i] = 1 / (self[i] + diagonal[i]) }
        var own = isConditioned ? factor : nil
        // One owner: it is changed in place.
        factor = nil
        if own?.extend(to: coordinates, of: self, ridges: diagonal) != true {
            own = CurvatureFactor(isConditioned ? coordinates : [], of: self, ridges: diagonal)
        }
        guard var own else { return solution }
        var work = [Float](repeating: 0, count: 3 * stride + own.width)
        let steps = cproducts_solve(
            stride, values, diagonal, inverse, coordinates.count, coordinates.map(Int64.init), own.places.count,
            own.width, own.values, own.blocks, own.places, share, least, stepLimit, &right, &work, &solution)
        own.book(steps: steps)
        if isConditioned, !own.isOld { factor = own }
        return solution
    }

    /// Row `i`, `stride` numbers.
    func row(_ i: Int) -> ArraySlice<Float> { values[i * stride..<(i + 1) * stride] }

    /// Adds a row times a factor.
    func add(row: Int, times factor: Float, to sum: inout [Float]) {
        values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            cproducts_add(stride, factor, values + row * stride, &sum)
        }
    }

    /// The update of Broyden, Fletcher, Goldfarb and Shanno: afterwards the leading rows turn `step` into `change`, the difference of two
    /// gradients. A pair that says little about the curvature, or contradicts that it is positive, is left out.
    mutating func learn(step: [Double], change: [Double]) {
        let width = step.count
        precondition(width <= order && change.count == width, "leading rows")
        let rest = repeatElement(Float(0), count: stride - width)
        // Of size 1, so that single precision holds them.
        let scale = step.reduce(0) { max($0, $1.magnitude) }
        guard scale > 0, scale.isFinite else { return }
        let (step, change) = (step.map { Float($0 / scale) } + rest, change.map { Float($0 / scale) } + rest)
        var image = [Float](repeating: 0, count: stride)
        multiply(step, into: &image)
        for i in width..<stride { image[i] = 0 }
        var (seen, expected) = (0.0, 0.0)
        for i in 0..<width {
            seen += Double(step[i]) * Double(change[i])
            expected += Double(step[i]) * Double(image[i])
        }
        guard expected > 0, seen > 0.2 * expected, seen.isFinite, expected.isFinite else { return }
        cproducts_update(
            width, stride, &values, change.map { $0 / Float(seen) }, change, image.map { -$0 / Float(expected) }, image)
    }
}
