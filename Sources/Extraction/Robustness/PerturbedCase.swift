import Filters
package import Imaging
import Radiomics

/// Disturbs image and mask of a case again and again, and takes the features of its regions each time.
///
/// In this order (Zwanenburg et al. 2019): noise on the image's own voxels; the contour grows or shrinks, changes its volume,
/// and is displaced; regions are drawn; image and regions are moved and turned in the one interpolation that leads to
/// the grid of the features; everything after that is `ProcessingChain`'s.
package struct PerturbedCase {
    let applied: AppliedPerturbation
    private let perturbation: Perturbation
    private let settings: ProcessingSettings
    private let regions: [RegionRequest]
    private let content: UInt64
    private let whole: Geometry
    private let planar: Bool
    /// The part of the whole image that is looked at; masks below are of this part, too.
    private let box: GridBox
    private let image: Volume
    private let second: Volume?
    private let secondNoiseSD: Double
    private let tumour: Mask
    private let organ: Mask?
    private let excluded: Mask?
    private let distance: SignedDistance?
    private let centre: Vector3

    /// Widest neighbourhood of a feature beyond its region, as in `ProcessingChain`.
    private static let marginMM = 7.0
    /// Standard deviations of the displacement that the surroundings are measured for; larger ones are cut to it.
    private static let widestDisplacement = 4.0

    package init(
        image: Volume, tumour: Mask, organ: Mask?, fan: Mask? = nil, excluded: Mask?, second: Volume?,
        regions: [RegionRequest], settings: ProcessingSettings, perturbation: Perturbation, content: UInt64
    ) throws {
        let image = try settings.normalised(image, organ: organ)
        let organ = Mask.intersection([organ, fan].compactMap { $0 })
        self.perturbation = perturbation
        self.settings = settings
        self.regions = regions
        self.content = content
        whole = image.geometry
        planar = settings.planar || image.geometry.isPlanar
        guard let tight = tumour.boundingBox else { throw ImagingError.emptyMask(label: nil, present: []) }
        let spacing = image.geometry.spacing
        let widest = max((settings.spacingMM ?? []).max() ?? 0, spacing.x, spacing.y, planar ? 0 : spacing.z)
        var extent = 0.0
        for axis in 0..<3 { extent = max(extent, Double(tight.size[axis]) * spacing[axis]) }
        let moves =
            perturbation.grow + Self.widestDisplacement * perturbation.contour + perturbation.volume * extent / 2
        let reach = regions.compactMap(\.reachMM).max() ?? 0
        if settings.filter != nil || settings.interpolation == .cubicSpline {
            // A spline and a filter look at the whole image.
            box = GridBox(
                lower: GridSize(0, 0, 0), upper: GridSize(whole.size.x - 1, whole.size.y - 1, whole.size.z - 1))
        } else {
            // Turned, a box needs at most the square root of 2 of its extent.
            let turned = perturbation.rotate > 0 ? 0.5 * (extent + 2 * (moves + reach + Self.marginMM)) : 0
            box = tight.grown(
                byMM: moves + reach + Self.marginMM + (3 + perturbation.shift) * widest + turned, in: whole)
        }
        let slices = tight.lower.z...tight.upper.z
        var noise: Double?
        var secondNoise = 0.0
        if perturbation.noise > 0 {
            noise = try NoiseEstimate.standardDeviation(image, slices: slices)
            if let second { secondNoise = try NoiseEstimate.standardDeviation(second, slices: slices) }
        }
        applied = AppliedPerturbation(settings: perturbation, noiseSD: noise, failures: [:])
        secondNoiseSD = secondNoise
        // All masks count as on the image's grid, as in `ProcessingChain`.
        let part = box
        let grid = image.geometry
        func cropped(_ mask: Mask) -> Mask { Mask(geometry: grid, voxels: mask.voxels).cropped(to: part) }
        self.image = image.cropped(to: box)
        self.second = second?.cropped(to: box)
        self.tumour = cropped(tumour)
        self.organ = organ.map(cropped)
        self.excluded = excluded.map(cropped)
        let movesContour = perturbation.grow > 0 || perturbation.volume > 0 || perturbation.contour > 0
        distance = movesContour ? try SignedDistance(of: self.tumour, reachMM: moves, planar: planar) : nil
        centre = Vector3(
            Double(tight.lower.x + tight.upper.x) / 2, Double(tight.lower.y + tight.upper.y) / 2,
            Double(tight.lower.z + tight.upper.z) / 2)
    }

    /// Adds to every feature how it stood the disturbances.
    ///
    /// A repetition in which a region cannot be made (an empty ring, a habitat too small) gives that region no values.
    ///
    /// - Throws: `ImagingError`, if the contour cannot be moved at all.
    func completing(_ reports: [CaseReport], requests: [RegionRequest]) throws -> [CaseReport] {
        var values = requests.map { _ in [[String: Double]]() }
        var failures: [String: AppliedPerturbation.Failure] = [:]
        for repetition in 0..<perturbation.repeats {
            let outcomes = try features(repetition)
            for index in requests.indices {
                switch outcomes[index] {
                case .success(let found): values[index].append(found)
                case .failure(let error):
                    values[index].append([:])
                    let word = requests[index].description
                    let before = failures[word]
                    failures[word] = AppliedPerturbation.Failure(
                        count: (before?.count ?? 0) + 1, reason: before?.reason ?? "\(error)")
                }
            }
        }
        var applied = applied
        applied.failures = failures
        return reports.indices.map { index in
            let features = reports[index].features.map { feature in
                var copy = feature
                copy.robustness = FeatureRobustness(values[index].map { $0[feature.column] })
                return copy
            }
            return reports[index].with(features: features, perturbation: applied)
        }
    }

    /// Values of each region by column after one disturbance.
    package func features(_ repetition: Int) throws -> [Result<[String: Double], any Error>] {
        let draw = PerturbationDraw(perturbation, index: repetition, content: content, planar: planar)
        let disturbed = draw.noisy(
            image, deviation: perturbation.noise * (applied.noiseSD ?? 0), field: .noise, lower: box.lower)
        let start = settings.rounding ? disturbed.rounded : disturbed
        let later = second.map {
            draw.noisy($0, deviation: perturbation.noise * secondNoiseSD, field: .secondNoise, lower: box.lower)
        }
        let region = contour(draw)
        let field = try regions.compactMap(\.reachMM).max().map { reach in
            try RingField(
                around: region, reachMM: reach, definition: settings.ringDefinition, planar: settings.planar)
        }
        let masks = RegionMasks(
            image: start, second: later, tumour: region, organ: organ, excluded: excluded, field: field)
        let drawn = regions.map { request in Result { try masks.mask(of: request) } }
        let boxes = drawn.compactMap { try? $0.get() }.compactMap(\.boundingBox)
        guard let first = boxes.first else { return drawn.map { $0.map { _ in [:] } } }
        let needed = boxes.dropFirst().reduce(first) { $0.union($1) }
        let grid = try movedGrid(draw, around: needed)
        let moved = grid.sample(start, lower: box.lower, interpolation: settings.interpolation)
        let interpolated = settings.rounding && settings.spacingMM != nil ? moved.rounded : moved
        let response = try settings.filter.map { step in
            try apply(step.filter, to: interpolated, dimensionality: step.dimensionality, boundary: step.boundary)
        }
        return zip(regions, drawn).map { request, native in
            Result {
                let native = try native.get()
                let found = try values(
                    of: try grid.sample(native, lower: box.lower), image: interpolated, response: response)
                guard let share = try CaseExtraction.habitat(request, masks) else { return found }
                return found.merging([CaseExtraction.fractionColumn: share.fraction]) { value, _ in value }
            }
        }
    }

    private func contour(_ draw: PerturbationDraw) -> Mask {
        guard let distance else { return tumour }
        let smooth = SmoothField(
            draw: draw, spacing: whole.spacing, patchMM: perturbation.patch, planar: planar)
        return distance.moved(volumeFraction: draw.volumeFraction) { x, y, z in
            guard perturbation.contour > 0 else { return draw.growMM }
            let field = smooth.value(box.lower.x + x, box.lower.y + y, box.lower.z + z)
            let limit = Self.widestDisplacement
            return draw.growMM + perturbation.contour * min(max(field, -limit), limit)
        }
    }

    /// The grid of the features; with a filter all of the image's, since filters look at it.
    private func movedGrid(_ draw: PerturbationDraw, around needed: GridBox) throws -> MovedGrid {
        var part = box
        if settings.filter == nil {
            let size = image.geometry
            let widest = max((settings.spacingMM ?? []).max() ?? 0, whole.spacing.x, whole.spacing.y)
            part = needed.grown(byMM: Self.marginMM + 2 * widest, in: size)
            for axis in 0..<3 {
                part.lower[axis] += box.lower[axis]
                part.upper[axis] += box.lower[axis]
            }
        }
        return try MovedGrid(
            whole, spacing: settings.spacingMM.map { Vector3($0[0], $0[1], $0[2]) }, planar: settings.planar,
            around: part, centre: centre, shift: draw.shift, radians: draw.radians)
    }

    private func values(of mask: Mask, image: Volume, response: Volume?) throws -> [String: Double] {
        let result = try settings.extraction(of: mask, image: image, response: response)
        var found: [String: Double] = [:]
        for feature in result.features where !feature.value.isNaN { found[feature.definition.column] = feature.value }
        return found
    }

}

extension CaseReport {
    /// The same report with how its features stood disturbances.
    func with(features: [Feature], perturbation: AppliedPerturbation) -> CaseReport {
        CaseReport(
            case: self.case, reader: reader, roi: roi, provenance: provenance.with(perturbation), warnings: warnings,
            features: features, diagnostics: diagnostics, habitat: habitat)
    }
}

extension CaseReport.Provenance {
    fileprivate func with(_ perturbation: AppliedPerturbation) -> CaseReport.Provenance {
        CaseReport.Provenance(
            pixelsSHA256: pixelsSHA256, phase2SHA256: phase2SHA256, maskSHA256: maskSHA256, organSHA256: organSHA256,
            excludedSHA256: excludedSHA256, configuration: configuration, configurationSHA256: configurationSHA256,
            dialect: dialect, software: software, frame: frame, statedSpacingMM: statedSpacingMM, uptake: uptake,
            acquisition: acquisition, perturbation: perturbation)
    }
}
