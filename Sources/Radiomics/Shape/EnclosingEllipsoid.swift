import Imaging

/// The ellipsoid of smallest volume around points, by Khachiyan's algorithm with Todd and Yildirim's (2007) steps.
///
/// IBSI leaves the tolerance open (SWZ1, BRI8 are not standardised); here the volume is within 0.1 % of the optimum.
struct EnclosingEllipsoid {
    /// Half axes in millimetres, descending.
    let halves: [Double]

    init(points: [Vector3]) {
        let count = points.count
        guard count > 3 else {
            halves = [0, 0, 0]
            return
        }
        // Centred coordinates keep the moment matrix well conditioned.
        let origin = points[0]
        let shifted = points.map { $0 - origin }
        // Start from the extremes along 13 directions; the optimum rests on few points.
        var support: Set<Int> = []
        for z in -1...1 {
            for y in -1...1 {
                for x in -1...1 where x != 0 || y != 0 || z != 0 {
                    let direction = Vector3(Double(x), Double(y), Double(z))
                    var best = 0
                    for index in shifted.indices where direction.dot(shifted[index]) > direction.dot(shifted[best]) {
                        best = index
                    }
                    support.insert(best)
                }
            }
        }
        var weights = [Double](repeating: 0, count: points.count)
        var active = support.sorted()
        for index in active { weights[index] = 1 / Double(active.count) }
        // Points that the optimum can rest on, and how far each is from the present ellipsoid's centre.
        var possible = Array(shifted.indices)
        var columns = PointColumns(shifted)
        var distances = [Double](repeating: 0, count: count)
        // The bound is far above the few hundred steps that hulls of tumours need.
        for round in 0..<20_000 {
            let inverse = Self.moments(shifted, weights, active)
            let farthest = columns.distances(from: inverse.centre, inverse.inverse, to: &distances)
            let highest = (possible[farthest], distances[farthest])
            var lowest = (0, Double.infinity)
            for (place, index) in possible.enumerated() where weights[index] > 0 && distances[place] < lowest.1 {
                lowest = (index, distances[place])
            }
            if round % 16 == 3 {
                // Points that the optimum cannot rest on (Harman and Pronzato 2007, theorem 1, in dimension 4).
                let excess = max(highest.1 - 4, 0)
                let least = 4 * (1 + excess / 2 - (excess * (3 + excess)).squareRoot() / 2)
                let kept = distances.indices.filter { distances[$0] >= least || weights[possible[$0]] != 0 }
                columns.keep(kept)
                possible = kept.map { possible[$0] }
                distances.removeLast(distances.count - kept.count)
            }
            // In the lifted space of dimension 4 the optimum has all distances at most 4.
            let (above, below) = (highest.1 / 4 - 1, 1 - lowest.1 / 4)
            if max(above, below) < 5e-4 { break }
            let (target, value) = above >= below ? highest : lowest
            var step = (value - 4) / (4 * (value - 1))
            if above < below {
                let drop = -weights[target] / (1 - weights[target])
                step = value > 1 ? max(step, drop) : drop
            }
            for index in active { weights[index] *= 1 - step }
            weights[target] = max(0, weights[target] + step)
            if !active.contains(target) { active.append(target) }
            active.removeAll { weights[$0] == 0 }
        }
        halves = Self.moments(shifted, weights, active).covariance.eigenvalues.map { (3 * max(0, $0)).squareRoot() }
    }

    /// Weighted centre, covariance and the inverse of the covariance.
    private struct MomentMatrix {
        let centre: Vector3
        let covariance: SymmetricMatrix3
        let inverse: SymmetricMatrix3
    }

    private static func moments(_ points: [Vector3], _ weights: [Double], _ active: [Int]) -> MomentMatrix {
        var (x, y, z) = (0.0, 0.0, 0.0)
        for index in active {
            let (point, weight) = (points[index], weights[index])
            x += weight * point.x
            y += weight * point.y
            z += weight * point.z
        }
        let centre = Vector3(x, y, z)
        var a = SymmetricMatrix3(xx: 0, yy: 0, zz: 0, xy: 0, xz: 0, yz: 0)
        for index in active {
            let (d, weight) = (points[index] - centre, weights[index])
            a.xx += weight * d.x * d.x
            a.yy += weight * d.y * d.y
            a.zz += weight * d.z * d.z
            a.xy += weight * d.x * d.y
            a.xz += weight * d.x * d.z
            a.yz += weight * d.y * d.z
        }
        return MomentMatrix(centre: centre, covariance: a, inverse: a.inverse)
    }
}

extension SymmetricMatrix3 {
    /// The inverse by cofactors.
    var inverse: SymmetricMatrix3 {
        let (cxx, cyy, czz) = (yy * zz - yz * yz, xx * zz - xz * xz, xx * yy - xy * xy)
        let (cxy, cxz, cyz) = (xz * yz - xy * zz, xy * yz - xz * yy, xy * xz - xx * yz)
        let determinant = xx * cxx + xy * cxy + xz * cxz
        return SymmetricMatrix3(
            xx: cxx / determinant, yy: cyy / determinant, zz: czz / determinant, xy: cxy / determinant,
            xz: cxz / determinant, yz: cyz / determinant)
    }
}
