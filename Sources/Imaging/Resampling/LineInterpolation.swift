/// Interpolation along one axis: which old voxels make each new one, and with what weights.
package struct LineInterpolation {
    private let count: Int
    private let taps: Int
    private let sources: [Int]
    private let weights: [Double]
    private let prefilter: Bool

    /// - Parameters:
    ///   - count: Number of old voxels.
    ///   - positions: The new voxels' positions in old voxels.
    ///   - continues: Whether the border voxels continue beyond their centres; else the spline itself does, mirrored.
    init(count: Int, positions: [Double], interpolation: Interpolation, continues: Bool = true) {
        self.count = count
        prefilter = interpolation == .cubicSpline && count > 1
        var sources: [Int] = []
        var weights: [Double] = []
        for position in positions {
            for (source, weight) in Self.taps(
                position, count: count, interpolation: interpolation, continues: continues)
            {
                sources.append(source)
                weights.append(weight)
            }
        }
        taps = positions.isEmpty ? 1 : sources.count / positions.count
        self.sources = sources
        self.weights = weights
    }

    /// The old voxels that make a value at a position, with their weights: one, two or four.
    static func taps(
        _ position: Double, count: Int, interpolation: Interpolation, continues: Bool = true
    ) -> [(Int, Double)] {
        let inside = continues ? min(max(position, 0), Double(count - 1)) : position
        let low = continues ? min(Int(inside), max(count - 2, 0)) : Int(inside.rounded(.down))
        let t = inside - Double(low)
        switch interpolation {
        case .nearest: return [(min(max(Int((inside + 0.5).rounded(.down)), 0), count - 1), 1)]
        case .linear:
            return [(min(max(low, 0), count - 1), 1 - t), (min(max(low + 1, 0), count - 1), t)]
        case .cubicSpline:
            let u = 1 - t
            return [
                (mirrored(low - 1, count: count), u * u * u / 6),
                (mirrored(low, count: count), 2.0 / 3 - t * t * (2 - t) / 2),
                (mirrored(low + 1, count: count), 2.0 / 3 - u * u * (2 - u) / 2),
                (mirrored(low + 2, count: count), t * t * t / 6),
            ]
        }
    }

    /// B-spline coefficients of values along an axis.
    package static func coefficients(of values: [Double], size: GridSize, axis: Int) -> [Double] {
        let line = LineInterpolation(count: size[axis], positions: [], interpolation: .cubicSpline)
        let stride = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
        return line.coefficients(of: values, stride: stride, outer: size.count / (stride * size[axis]))
    }

    /// Index reflected about the centres of the border voxels.
    private static func mirrored(_ index: Int, count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let folded = (index % period + period) % period
        return folded < count ? folded : period - folded
    }

    func apply(to values: [Double], size: GridSize, axis: Int) -> [Double] {
        let stride = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
        let outer = size.count / (stride * count)
        let produced = weights.count / taps
        let input = prefilter ? coefficients(of: values, stride: stride, outer: outer) : values
        var result = [Double](repeating: 0, count: outer * produced * stride)
        // Indices come from the tables built above; unchecked access keeps the inner loop free of tests.
        input.withUnsafeBufferPointer { input in
            result.withUnsafeMutableBufferPointer { result in
                for block in 0..<outer {
                    for index in 0..<produced {
                        let target = (block * produced + index) * stride
                        for tap in 0..<taps {
                            let weight = weights[index * taps + tap]
                            let source = (block * count + sources[index * taps + tap]) * stride
                            for offset in 0..<stride { result[target + offset] += weight * input[source + offset] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// B-spline coefficients by the recursive filter with pole sqrt(3) - 2 and mirrored borders (Unser 1999, box 2).
    private func coefficients(of values: [Double], stride: Int, outer: Int) -> [Double] {
        let pole = 3.0.squareRoot() - 2
        var result = values
        result.withUnsafeMutableBufferPointer { values in
            for block in 0..<outer {
                for offset in 0..<stride {
                    let start = block * count * stride + offset
                    // The sum over the mirrored line is finite: exact for any length.
                    var (sum, power) = (values[start], pole)
                    for index in 1..<count {
                        sum += power * values[start + index * stride]
                        power *= pole
                    }
                    for index in (1..<max(count - 1, 1)).reversed() {
                        sum += power * values[start + index * stride]
                        power *= pole
                    }
                    values[start] = sum / (1 - power)
                    for index in 1..<count {
                        values[start + index * stride] += pole * values[start + (index - 1) * stride]
                    }
                    let last = start + (count - 1) * stride
                    values[last] = pole / (pole * pole - 1) * (values[last] + pole * values[last - stride])
                    for index in (0..<count - 1).reversed() {
                        let place = start + index * stride
                        values[place] = pole * (values[place + stride] - values[place])
                    }
                    for index in 0..<count { values[start + index * stride] *= 6 }
                }
            }
        }
        return result
    }
}
