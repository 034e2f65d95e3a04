using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Busbar.Storage.Rooms;

/// <summary>A room's context has two models: one whose rows are a tenant's, and one without that filter for <see cref="TenantScope.System"/>.</summary>
internal sealed class RoomModelKey : IModelCacheKeyFactory
{
    public object Create(DbContext context, bool designTime) => (context.GetType(), (context as RoomDb)?.Scope.All, designTime);
}
