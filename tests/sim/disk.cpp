#include "tests/sim/disk.hpp"

#include <algorithm>
#include <utility>

namespace doorstep::sim {
namespace {

constexpr std::size_t sector_bytes = 512;

bool concerns(DiskFault fault, DiskCall call) {
    switch (fault) {
        case DiskFault::none: return false;
        case DiskFault::kill:
        case DiskFault::power_cut: return call != DiskCall::read && call != DiskCall::lock;
        case DiskFault::full: return call == DiskCall::write || call == DiskCall::grow;
        case DiskFault::write_error: return call == DiskCall::write || call == DiskCall::truncate;
        case DiskFault::read_error:
        case DiskFault::corrupt_read: return call == DiskCall::read;
        case DiskFault::sync_error: return call == DiskCall::sync;
        case DiskFault::busy: return call == DiskCall::lock;
    }
    return false;
}

void apply(FileBytes& content, const Disk::Unsynced& write) {
    if (write.bytes.empty())
        content.resize(std::min(content.size(), write.at));
    else
        content.write(write.at, write.bytes.data(), write.bytes.size());
}

}  // namespace

std::shared_ptr<Disk::File> Disk::find(const std::string& name) const {
    const auto at = files_.find(name);
    return at == files_.end() ? nullptr : at->second;
}

std::shared_ptr<Disk::File> Disk::create(const std::string& name) {
    removed_.erase(name);
    auto& file = files_[name];
    if (!file) file = std::make_shared<File>();
    return file;
}

void Disk::remove(const std::string& name) {
    const auto at = files_.find(name);
    if (at == files_.end()) return;
    if (at->second->entry == File::Entry::durable) removed_[name] = at->second->durable;
    files_.erase(at);
}

void Disk::write(File& file, std::size_t at, const char* bytes, std::size_t size) {
    file.now.write(at, bytes, size);
    file.unsynced.push_back({at, std::string(bytes, size)});
}

void Disk::truncate(File& file, std::size_t size) {
    file.now.resize(size);
    file.unsynced.push_back({size, {}});
}

void Disk::sync(File& file) {
    file.durable = file.now;
    file.unsynced.clear();
    if (file.entry == File::Entry::durable) return;
    for (const auto& [name, other] : files_) other->entry = File::Entry::durable;
    removed_.clear();
}

DiskPlan Disk::disarm() {
    const DiskPlan was = plan_;
    plan_ = {};
    return was;
}

Disk::Verdict Disk::strike(DiskCall call) {
    if (dead_) return call == DiskCall::lock ? Verdict::go_on : Verdict::fail;
    if (!concerns(plan_.fault, call)) return Verdict::go_on;
    ++plan_.calls;
    const bool now = plan_.calls == plan_.at || (plan_.lasts == DiskPlan::Lasts::on && plan_.calls > plan_.at);
    if (!now) return Verdict::go_on;
    plan_.struck = true;
    if (plan_.fault != DiskFault::kill && plan_.fault != DiskFault::power_cut) return Verdict::fail;
    dead_ = true;
    return plan_.at % 2 == 1 ? Verdict::half : Verdict::fail;
}

/// Every sector of every unsynced write stays or goes by itself; one that stays may be torn in its middle.
void Disk::lose_unsynced(File& file, Random& dice) {
    const std::uint64_t stays_percent = dice.pick(std::vector<std::uint64_t>{0, 50, 90, 100});
    for (const Unsynced& write : file.unsynced) {
        if (write.bytes.empty()) {
            if (dice.chance(stays_percent)) apply(file.durable, write);
            continue;
        }
        for (std::size_t from = 0; from < write.bytes.size();) {
            const std::size_t end =
                std::min(write.bytes.size(), from + sector_bytes - (write.at + from) % sector_bytes);
            if (dice.chance(stays_percent)) {
                const std::size_t size = dice.chance(5) ? (end - from) / 2 : end - from;
                file.durable.write(write.at + from, write.bytes.data() + from, size);
            }
            from = end;
        }
    }
}

void Disk::revive(Random& dice) {
    const bool power_cut = plan_.fault == DiskFault::power_cut;
    if (power_cut) {
        for (auto at = files_.begin(); at != files_.end();) {
            File& file = *at->second;
            const bool gone = file.entry == File::Entry::fresh && dice.chance(50);
            lose_unsynced(file, dice);
            file.now = file.durable;
            file.unsynced.clear();
            at = gone ? files_.erase(at) : std::next(at);
        }
        const auto removed = std::exchange(removed_, {});
        for (const auto& [name, bytes] : removed)
            if (files_.count(name) == 0 && dice.chance(50)) {
                auto file = create(name);
                file->now = file->durable = bytes;
                file->entry = File::Entry::durable;
            }
    }
    dead_ = false;
    plan_ = {};
}

Disk::Image Disk::image() const {
    Image out;
    for (const auto& [name, file] : files_) out[name] = file->now;
    return out;
}

void Disk::put(const Image& image) {
    files_.clear();
    removed_.clear();
    for (const auto& [name, bytes] : image) {
        auto file = create(name);
        file->now = file->durable = bytes;
        file->entry = File::Entry::durable;
    }
}

void Disk::copy_file(const std::string& from, const std::string& to) {
    const auto source = find(from);
    files_.erase(to);
    if (!source) return;
    auto file = create(to);
    file->now = file->durable = source->now;
    file->entry = File::Entry::durable;
}

}  // namespace doorstep::sim
