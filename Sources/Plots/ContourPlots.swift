/// The charts of contours of one case by two readers.
extension Chart {
    /// Distances of the contours of two readers: how many voxels of both contours lie how far from the other one.
    ///
    /// - Parameter distances: in millimetres, of the voxels of both contours.
    /// - Parameter lines: name and distance of what is marked: HD95, ASSD, the tolerance.
    public static func contourDistances(
        title: String, distances: [Double], lines: [(name: String, value: Double)]
    ) -> Chart {
        let largest = max(distances.max() ?? 0, lines.map(\.value).max() ?? 0, 1e-9)
        let parts = 30
        var counts = [Int](repeating: 0, count: parts)
        for distance in distances { counts[min(parts - 1, Int(distance / largest * Double(parts)))] += 1 }
        let most = Double(max(1, counts.max() ?? 1))
        let width = largest / Double(parts)
        let boxes = counts.enumerated().filter { $0.element > 0 }.map { index, count in
            (
                lower: PlotPoint(Double(index) * width, 0),
                upper: PlotPoint(Double(index + 1) * width, Double(count))
            )
        }
        var marks: [Mark] = [.boxes(boxes, .a, name: "voxels of both contours")]
        for (index, line) in lines.enumerated() {
            marks.append(
                .line(
                    [PlotPoint(line.value, 0), PlotPoint(line.value, most)], .number(index + 1),
                    name: "\(line.name) \(PlotNumber.short(line.value)) mm"))
        }
        let named = lines.map { "\($0.name) \(PlotNumber.short($0.value)) mm." }
        return Chart(
            title: title,
            summary: "Distance to the other contour, \(distances.count) voxels. " + named.joined(separator: " "),
            x: Axis(label: "Distance to the other contour in mm", from: 0, to: largest),
            y: Axis(label: "Voxels", from: 0, to: most * 1.05), marks: marks)
    }

    /// Dice of each slice, and the voxels of each reader in it.
    ///
    /// - Parameter slices: number of the slice, Dice; slices without a voxel are left out.
    public static func diceBySlice(
        title: String, slices: [(number: Int, dice: Double)], overall: Double, notes: [String] = []
    ) -> Chart {
        let points = slices.map { PlotPoint(Double($0.number), $0.dice) }
        let x = Axis(label: "Slice", holding: points.map(\.x))
        let least = slices.min { $0.dice < $1.dice }
        let worst = least.map { "Least at slice \($0.number): \(PlotNumber.fixed($0.dice, decimals: 2))." } ?? ""
        return Chart(
            title: title, summary: "Dice of \(slices.count) slices. \(worst)", x: x,
            y: Axis(label: "Dice", from: 0, to: 1),
            marks: [
                .reference(
                    PlotPoint(x.lower, overall), PlotPoint(x.upper, overall),
                    name: "all slices: \(PlotNumber.fixed(overall, decimals: 3))"),
                .line(points, .a, name: "Dice of the slice"), .points(points, .a, name: ""),
            ], notes: notes)
    }
}
