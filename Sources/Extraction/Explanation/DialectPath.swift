import Filters
public import Imaging
import Radiomics

/// The way from the IBSI dialect to the PyRadiomics dialect: the features are computed again after each single exchange.
public struct DialectPath: Sendable {
    private let image: Volume
    private let holdsIntegers: Bool
    private let settings: ProcessingSettings
    private let parameters: PyRadiomicsParameters
    private let organ: Mask?

    /// Prepares an explanation.
    ///
    /// - Parameters:
    ///   - image: the whole image.
    ///   - holdsIntegers: whether it was stored as whole numbers.
    ///   - settings: the IBSI dialect, without a filter.
    ///   - parameters: the PyRadiomics dialect; its image types other than the original are not looked at.
    ///   - organ: whose voxels count for a normalisation over the organ, or nil.
    /// - Throws: `ImagingError.invalidParameter` if the settings have a filter.
    public init(
        image: Volume, holdsIntegers: Bool, settings: ProcessingSettings, parameters: PyRadiomicsParameters,
        organ: Mask? = nil
    ) throws(ImagingError) {
        self.organ = organ
        guard settings.filter == nil else {
            throw .invalidParameter(field: "filter", remedy: "leave it out: original intensities are explained")
        }
        self.image = image
        self.holdsIntegers = holdsIntegers
        self.settings = settings
        self.parameters = parameters
    }

    /// Everything that the features are computed from.
    private struct State: Equatable {
        var image: Volume
        var mask: Mask
        var counted: Mask
        var levels: Discretisation
        var coarseness: Int
        var aggregations: [TextureAggregation]
    }

    private typealias Key = String

    /// Explains a region of the image's own grid.
    ///
    /// - Throws: `ImagingError`, `FilterError` or `RadiomicsError`.
    public func explanation(of native: Mask, named roi: String) throws -> DialectExplanation {
        let states = try self.states(native)
        var tables: [[Key: FeatureValue]] = []
        for (place, step) in states.enumerated() {
            tables.append(
                place > 0 && step.state == states[place - 1].state ? tables[place - 1] : try features(step.state))
        }
        let chain = PyRadiomicsChain(
            image: image, holdsIntegers: holdsIntegers,
            parameters: PyRadiomicsParameters(
                settings: parameters.settings, resampledPixelSpacing: parameters.resampledPixelSpacing,
                interpolator: parameters.interpolator, padDistance: parameters.padDistance,
                preCrop: parameters.preCrop))
        let peers = Dictionary(
            uniqueKeysWithValues: try chain.features(of: native).map {
                ($0.name.dropFirst("original_".count), $0.value)
            }
        )
        let final = parameters.settings.aggregation(planar: states[states.count - 1].state.image.geometry.size.z == 1)
        var found: [DialectExplanation.Feature] = []
        for pair in DialectCorrespondence.all {
            guard let peer = peers[Substring(pair.pyRadiomics)] else { continue }
            for start in tables[0].values.filter({ $0.definition.plainColumn == pair.column })
                .sorted(by: { $0.definition.column < $1.definition.column })
            {
                let path = zip(states, tables).dropFirst().map { step, table in
                    let isLast = step.cause == .aggregation
                    let aggregation = start.definition.aggregation
                    let key =
                        isLast && aggregation != .none
                        ? Self.key(pair.column, table, [final.matrix, final.zone]) : start.definition.column
                    return (step.cause, key.flatMap { table[$0]?.value } ?? .nan)
                }
                found.append(Self.feature(pair, start, path, peer))
            }
        }
        let taken = zip(states.indices, states).dropFirst().filter { $1.state != states[$0 - 1].state }.map(\.1.cause)
        return DialectExplanation(
            roi: roi,
            steps: (taken + [.definition]).map { DialectExplanation.Step(cause: $0, sentence: $0.sentence) },
            features: found)
    }

    private static func key(_ column: String, _ table: [Key: FeatureValue], _ wanted: [Aggregation]) -> Key? {
        table.values.first {
            wanted.contains($0.definition.aggregation) && $0.definition.plainColumn == column
        }?.definition.column
    }

    private static func feature(
        _ pair: DialectCorrespondence, _ start: FeatureValue, _ path: [(DialectCause, Double)], _ peer: Double
    ) -> DialectExplanation.Feature {
        func known(_ value: Double) -> Double? { value.isFinite ? value : nil }
        var changes: [DialectExplanation.Change] = []
        var value = start.value
        func add(_ cause: DialectCause, _ next: Double, above tolerance: Double) {
            defer { value = next }
            if value.isNaN && next.isNaN { return }
            guard !(DialectExplanation.relative(value, next) <= tolerance) else { return }
            changes.append(DialectExplanation.Change(cause: cause, change: known(next - value), value: known(next)))
        }
        for (cause, next) in path { add(cause, next, above: 1e-12) }
        add(
            pair.difference == nil ? .unexplained : .definition, peer,
            above: pair.difference == nil ? DialectExplanation.tolerance : 1e-12)
        return DialectExplanation.Feature(
            pyRadiomics: "original_" + pair.pyRadiomics, ibsi: start.definition.ibsiID ?? "",
            column: start.definition.column, definitionDifference: pair.difference, ibsiValue: known(start.value),
            pyRadiomicsValue: known(peer), relativeDifference: known(DialectExplanation.relative(start.value, peer)),
            causes: changes)
    }

    private func features(_ state: State) throws -> [Key: FeatureValue] {
        let wanted = ExtractionSettings(
            families: [
                .morphology, .planarShape, .statistics, .intensityHistogram, .cooccurrence, .runLength, .sizeZone,
                .neighbourhoodDifference, .neighbouringDependence,
            ], aggregations: state.aggregations, discretisation: state.levels,
            dependenceCoarseness: state.coarseness, spatialAutocorrelation: false)
        let result = try extract(
            image: state.image, morphologicalMask: state.mask, intensityMask: state.counted, settings: wanted)
        return Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.column, $0) })
    }

    /// The states, each with what it has exchanged against the one before.
    private func states(_ native: Mask) throws -> [(cause: DialectCause, state: State)] {
        let rule = settings.features.resegmentation
        let peer = parameters.settings
        /// Intensities and mask as the IBSI settings say, with some of the steps left out.
        func sampled(rounds: Bool, normalises: Bool, kernel: Interpolation) throws -> (Volume, Mask) {
            func whole(_ volume: Volume) -> Volume { rounds && settings.rounding ? volume.rounded : volume }
            let start =
                !normalises
                ? whole(try settings.normalised(image, organ: organ))
                : peer.normalize ? peer.normalised(image) : whole(image)
            guard let words = settings.spacingMM else { return (start, native) }
            let spacing = Vector3(words[0], words[1], words[2])
            return (
                whole(try start.resampled(to: spacing, interpolation: kernel, planar: settings.planar)),
                try native.resampled(to: spacing, planar: settings.planar)
            )
        }
        func state(_ pair: (Volume, Mask)) throws -> State {
            let counted = try resegmented(pair.1, image: pair.0, by: rule)
            var levels = settings.features.discretisation
            if case .fixedBinSize(let width, nil) = levels { levels = .fixedBinSize(width: width, origin: rule.lower) }
            return State(
                image: pair.0, mask: pair.1, counted: counted, levels: levels,
                coarseness: settings.features.dependenceCoarseness, aggregations: settings.features.aggregations)
        }
        let kernel = settings.interpolation
        var found: [(cause: DialectCause, state: State)] = [
            (.definition, try state(try sampled(rounds: true, normalises: false, kernel: kernel))),
            (.rounding, try state(try sampled(rounds: false, normalises: false, kernel: kernel))),
            (.normalisation, try state(try sampled(rounds: false, normalises: true, kernel: kernel))),
            (
                .interpolation,
                try state(try sampled(rounds: false, normalises: true, kernel: parameters.interpolator))
            ),
        ]
        let start = peer.normalize ? peer.normalised(image) : image
        guard let box = native.boundingBox else { throw ImagingError.emptyMask(label: nil, present: []) }
        if let grid = try parameters.grid(image.geometry, around: box) {
            func volume(whole: Bool) -> Volume {
                grid.sample(start, interpolation: parameters.interpolator, whole: whole)
            }
            let share = Volume(geometry: native.geometry, voxels: native.voxels.map { $0 != 0 ? 1 : 0 })
            let shares = grid.sample(share, interpolation: .linear, whole: false)
            let half = Mask(geometry: grid.geometry, voxels: shares.voxels.map { $0 >= 0.5 - 1e-6 ? 1 : 0 })
            let integers = volume(whole: holdsIntegers && !peer.normalize)
            found.append((.grid, try state((volume(whole: false), half))))
            found.append((.integers, try state((integers, half))))
            found.append((.mask, try state((integers, try grid.sample(native)))))
        } else {
            found.append((.grid, try state((start, native))))
        }
        var last = found[found.count - 1].state
        func exchange(_ cause: DialectCause, _ body: (inout State) throws -> Void) rethrows {
            try body(&last)
            found.append((cause, last))
        }
        let plain = peer.with(binWidth: nil, binCount: nil)
        try exchange(.resegmentation) {
            $0.counted = try pyRadiomicsResegmented(mask: $0.mask, image: $0.image, settings: plain)
        }
        exchange(.greyLevels) { state in
            let lowest = zip(state.image.voxels, state.counted.voxels).lazy.filter { $1 != 0 }.map(\.0).min()
            state.levels = peer.discretisation(lowest: Double(lowest ?? 0))
        }
        exchange(.dependence) { $0.coarseness = 0 }
        exchange(.aggregation) { $0.aggregations = [peer.aggregation(planar: $0.image.geometry.size.z == 1)] }
        return found
    }
}

extension PyRadiomicsParameters {
    /// PyRadiomics' parameters that come nearest to settings of the IBSI dialect.
    public init(nearestTo settings: ProcessingSettings) {
        let rule = settings.features.resegmentation
        var range: [Double]?
        if let lower = rule.lower { range = [lower] + (rule.upper.map { [$0] } ?? []) }
        var (width, count): (Double, Int?) = (25, nil)
        switch settings.features.discretisation {
        case .fixedBinNumber(let number): count = number
        case .fixedBinSize(let size, _): width = size
        case .none: width = 1
        }
        let merges = settings.features.aggregations.contains {
            [.slicesMerged, .planesMerged, .volumeMerged].contains($0)
        }
        self.init(
            settings: PyRadiomicsSettings(
                binWidth: width, binCount: count, force2D: settings.planar, mergesDirections: merges,
                resegmentRange: range),
            resampledPixelSpacing: settings.spacingMM, interpolator: settings.interpolation)
    }
}
